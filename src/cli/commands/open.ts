// `open`: the page at Calendly where a person goes on with what no API can do.

import { type Command, Argument } from 'commander'
import type { Context } from '../context.ts'

/** What each page is for. Calendly shows no subscriptions: the nearest page is where tokens and webhooks are set up. */
const PAGES = {
  account: { url: 'https://calendly.com/integrations', about: 'integrations, and the apps that are connected to the account' },
  webhook: { url: 'https://calendly.com/integrations/api_webhooks', about: 'personal access tokens and webhooks' },
  app: { url: 'https://developer.calendly.com/console/apps', about: 'your OAuth apps: redirect URIs, scopes, secrets' },
} as const
type Page = keyof typeof PAGES

const NAMES = Object.keys(PAGES).filter((name): name is Page => Object.hasOwn(PAGES, name))

const EXAMPLES = `
Examples:
  $ calreconnect open
  $ calreconnect open app
  $ calreconnect open webhook --no-browser

${NAMES.map((name) => `${name.padEnd(9)}${PAGES[name].about}`).join('\n')}`

export function addOpen(parent: Command, ctx: Context): void {
  parent
    .command('open')
    .description('Open the page at Calendly where a person goes on, and print its address.')
    .addArgument(new Argument('[page]', 'which page').choices(NAMES).default('account'))
    .option('--no-browser', 'print the address only')
    .addHelpText('after', EXAMPLES)
    .action((page: Page, flags: { readonly browser: boolean }) => runOpen(ctx, page, flags.browser))
}

async function runOpen(ctx: Context, page: Page, browser: boolean): Promise<void> {
  const { url } = PAGES[page]
  const opened = browser && (await (await ctx.browser()).open(url))
  ctx.show({ page, url, opened }, () => url)
  if (browser && !opened) ctx.hint('No browser can be opened here: open the address in yours')
}
