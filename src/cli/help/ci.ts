// `help ci`.

export const CI = `In CI, cron, systemd and containers. Nothing asks without a terminal; CI=true implies --no-input.

Audit in a pipeline, without a store: a personal access token is enough
  env: CALENDLY_TOKEN
  $ calreconnect webhooks audit --fail-on error --format github
  $ calreconnect webhooks audit --format junit --out audit.xml
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
  COPY calreconnect-0.1.0.tgz /tmp/
  RUN npm install --global /tmp/calreconnect-0.1.0.tgz
  ENV CALRECONNECT_DB=/data/calreconnect.db CALRECONNECT_CONFIG_DIR=/data
  VOLUME /data
  USER node
  ENTRYPOINT ["calreconnect"]
  $ docker run --read-only -v calreconnect:/data IMAGE webhooks watch --interval 5m

Publish a copy of it from GitHub Actions, with provenance and a bill of materials: .github/workflows/publish.yml
  on: { release: { types: [published] } }
  permissions: { contents: read, id-token: write }
  jobs:
    publish:
      runs-on: ubuntu-latest
      steps:
        - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2
        - uses: actions/setup-node@49933ea5288caeca8642d1e84afbd3f7d6820020 # v4.4.0
          with: { node-version: 22, registry-url: 'https://registry.npmjs.org' }
        - run: npm ci && npm test && npm sbom --sbom-format cyclonedx > calreconnect.cdx.json
        - run: npm publish --provenance --access public
          env: { NODE_AUTH_TOKEN: '\${{ secrets.NPM_TOKEN }}' }

Secrets: CALRECONNECT_KEY from the platform's secret store, so that the volume alone tells nothing. See calreconnect help security
A health check: calreconnect doctor --quiet`
