// `help ci`.

export const CI = `In CI, cron, systemd and containers. Nothing asks without a terminal; CI=true implies --no-input.

Audit in a pipeline, without a store: a personal access token is enough
  env: CALENDLY_TOKEN
  $ npx calreconnect webhooks audit --fail-on error --format github
  $ npx calreconnect webhooks audit --format junit --out audit.xml
  Exit 3 means findings, 6 that Calendly could not be reached: see calreconnect help exit-codes

Keep a connection right from cron
  */30 * * * *  calreconnect reconnect --all --quiet

Tell of changes (cron)
  */10 * * * *  calreconnect webhooks watch --once --exec ./notify.sh

Tell of changes (systemd): /etc/systemd/system/calreconnect-watch.service
  [Unit]
  Description=Watch Calendly webhook subscriptions
  After=network-online.target
  Wants=network-online.target
  [Service]
  ExecStart=/usr/bin/env calreconnect webhooks watch --interval 5m --exec /usr/local/bin/notify
  Environment=CALRECONNECT_DB=/var/lib/calreconnect/calreconnect.db
  Environment=CALRECONNECT_CONFIG_DIR=/var/lib/calreconnect
  StateDirectory=calreconnect
  DynamicUser=yes
  SuccessExitStatus=130
  Restart=on-failure
  [Install]
  WantedBy=multi-user.target

In a container: read-only root, any user, the store on a volume
  FROM node:22-slim
  RUN npm install --global calreconnect
  ENV CALRECONNECT_DB=/data/calreconnect.db CALRECONNECT_CONFIG_DIR=/data
  VOLUME /data
  USER node
  ENTRYPOINT ["calreconnect"]
  $ docker run --read-only -v calreconnect:/data IMAGE webhooks watch --interval 5m

Secrets: CALRECONNECT_KEY from the platform's secret store, so that the volume alone tells nothing. See calreconnect help security
A health check: calreconnect doctor --quiet`
