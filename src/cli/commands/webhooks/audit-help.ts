// The examples of `webhooks audit --help`. Each runs as it is written.

export const AUDIT_EXAMPLES = `
Findings: DUPLICATE, DISABLED, CREATOR_GONE, TOO_MANY, MISSING are errors; RETRYING, KEY_UNKNOWN, UNKNOWN_HOST,
EPHEMERAL_HOST, INSECURE_URL, DRIFT, UNKNOWN_STATE are warnings. Ends with 3 where one is at or above --fail-on.
Each comes with one command that repairs its cause (Fix) or shows what to decide about (Review). What is one
thing, such as all tunnels of one provider, is one finding. Sends GET requests only.

Examples:
  $ calreconnect webhooks audit
  $ calreconnect webhooks audit --all --format html --out all.html
  $ calreconnect webhooks audit --fail-on warning --max-total 20 --max-per-url 1
  $ calreconnect webhooks audit --allow-host '*.example.com' --fail-on UNKNOWN_HOST,DUPLICATE
  $ calreconnect webhooks audit --format html --out audit.html
  $ calreconnect webhooks audit --write-baseline accepted.json && calreconnect webhooks audit --baseline accepted.json
  $ calreconnect webhooks audit --format openmetrics --out calendly.prom
  $ calreconnect webhooks audit --json | jq -r '.data.findings[] | select(.fix_needs_review | not).fix'

In CI a personal access token is all it takes, and nothing is stored:
  $ CALENDLY_TOKEN=… calreconnect webhooks audit

A GitHub workflow, .github/workflows/calendly-webhooks.yml:
  name: Calendly webhooks
  on:
    schedule:
      - cron: '17 6 * * *'
    workflow_dispatch:
  permissions: {}
  jobs:
    audit:
      runs-on: ubuntu-latest
      steps:
        - run: npm install --global \${{ vars.CALRECONNECT_TARBALL }}
        - run: calreconnect webhooks audit --format github
          env:
            CALENDLY_TOKEN: \${{ secrets.CALENDLY_TOKEN }}

A cron job that sends mail when there is something to do (crontab -e):
  17 6 * * *  report=$(CALENDLY_TOKEN=$(cat ~/.calendly-token) calreconnect webhooks audit 2>&1) || echo "$report"`
