// Mistakes in decisions: who owns what, which of several comes first, where a limit is.

import type { Fault } from './fault.ts'

const IDENTITY = { file: 'src/core/calendly/identity.ts', tests: ['test/unit/calendly/identity.test.ts'] }
const RECONCILE = { file: 'src/core/plan/reconcile.ts', tests: ['test/unit/plan/reconcile.test.ts'] }
const PRUNE = { file: 'src/core/plan/prune.ts', tests: ['test/unit/plan/prune.test.ts'] }
const QUERY = { file: 'src/core/connection/query.ts', tests: ['test/unit/connection/query.test.ts'] }
const HOST = { file: 'src/core/calendly/callback-host.ts', tests: ['test/unit/calendly/callback-host.test.ts'] }

export const CORE_FAULTS: readonly Fault[] = [
  {
    ...IDENTITY,
    name: 'all groups are one',
    loses: "another group's webhook is replaced by this group's",
    search: 'return String(of.group)',
    replace: "return ''",
  },
  {
    ...IDENTITY,
    name: 'all users are one',
    loses: "another user's webhook is replaced by this user's",
    search: 'return String(of.user)',
    replace: "return ''",
  },
  {
    ...IDENTITY,
    name: 'one user is the same in two organizations',
    loses: "another organization's webhook is replaced by this one's",
    search: '`${of.scope} ${of.organization} ${ownerOf(of)}',
    replace: '`${of.scope} ${ownerOf(of)}',
  },
  {
    ...IDENTITY,
    name: 'a password without a user name passes',
    loses: 'a password is registered at Calendly as part of a URL',
    search: "url.username !== '' || url.password !== ''",
    replace: "url.username !== ''",
  },
  {
    ...IDENTITY,
    name: 'a password is repeated in the error',
    loses: 'a password stands in a log',
    search: "invalidUrl(redacted(url), 'carries",
    replace: "invalidUrl(text, 'carries",
  },
  {
    ...RECONCILE,
    name: "what CALENDLY_TOKEN made is a stranger's to create",
    loses: 'a person is asked to confirm the replacement of what they made themselves',
    search: 'isFor(one, input.account) || one.account === null',
    replace: 'isFor(one, input.account)',
  },
  {
    ...RECONCILE,
    name: 'create replaces another spelling of the URL than the one in its way',
    loses: 'a working webhook at another spelling, and the POST still ends with 409',
    search: 'candidates.sort((a, b) => yesFirst(a.callbackUrl === spec.callbackUrl, b.callbackUrl === spec.callbackUrl))',
    replace: 'candidates',
  },
  {
    ...RECONCILE,
    name: 'a twin with no event in common goes',
    loses: "somebody's webhook for other events",
    search: 'one.events.some((event) => desired.events.includes(event))',
    replace: 'one.events.length > 0',
  },
  {
    ...RECONCILE,
    name: "a twin of another user's goes",
    loses: "another user's webhook",
    search: 'one.user === userUri &&',
    replace: 'one.user !== null &&',
  },
  {
    ...RECONCILE,
    name: "another connection's subscription is superseded",
    loses: "another account's webhook",
    search: "one.origin === 'connection' && isFor(one, account)",
    replace: "one.origin === 'connection'",
  },
  {
    ...RECONCILE,
    name: 'of several backups the disabled one comes back',
    loses: 'the events of the webhook that worked',
    search: "yesFirst(a.state === 'active', b.state === 'active') || newestFirst(a, b)",
    replace: 'newestFirst(a, b)',
  },
  {
    ...PRUNE,
    name: "what CALENDLY_TOKEN made is a stranger's to prune",
    loses: 'duplicates that the token made stay for ever',
    search: '(isFor(one, account) || one.account === null)',
    replace: 'isFor(one, account)',
  },
  {
    ...PRUNE,
    name: 'any subscription at the desired place is the current one',
    loses: 'the subscription whose key is known is pruned in favour of a stranger',
    search: '.sort(bestFirst(current, keyedUris(known)))',
    replace: '',
  },
  {
    ...PRUNE,
    name: "the connection's own is a duplicate like any other",
    loses: 'prune keeps a subscription that the connection does not know',
    search: 'current: new Set(current === null ? [] : [current.uri])',
    replace: 'current: new Set<string>()',
  },
  {
    ...PRUNE,
    name: 'of duplicates any key will do',
    loses: 'prune keeps the one whose signing key nobody knows',
    search: 'managed: oursOf(input), keyed: keyedUris(input.known)',
    replace: 'managed: oursOf(input), keyed: new Set<string>()',
  },
  {
    ...PRUNE,
    name: 'of duplicates anybody’s will do',
    loses: 'prune keeps the one that nobody here manages',
    search: 'managed: oursOf(input), keyed',
    replace: 'managed: new Set<string>(), keyed',
  },
  {
    ...PRUNE,
    name: 'an age that is just reached is enough',
    loses: 'a webhook that is as old as was said, and not older',
    search: 'createdAtMs(one) < tooYoungMs',
    replace: 'createdAtMs(one) <= tooYoungMs',
  },
  {
    file: 'src/core/plan/declaration.ts',
    tests: ['test/unit/plan/declaration.test.ts'],
    name: 'of two accounts with one e-mail the first',
    loses: "a file's webhooks are made in another account",
    search: '(byEmail.length === 1 ? byEmail[0] : undefined)',
    replace: 'byEmail[0]',
  },
  {
    file: 'src/core/audit/rules.ts',
    tests: ['test/unit/audit/audit.test.ts'],
    name: 'the fix names whoever asked',
    loses: 'the command that is offered makes the webhook in another account',
    search: '?.account ?? account\n',
    replace: '?.isActive === true ? account : account\n',
  },
  {
    ...QUERY,
    name: 'a whole name is a prefix like any other',
    loses: 'an account whose name begins another cannot be named',
    search: 'whole.length > 0 ? whole : connections.filter(begun)',
    replace: 'connections.filter(begun)',
  },
  {
    ...QUERY,
    name: 'a disconnected account stands in the way',
    loses: 'the only account that works must be named every time',
    search: '[active, complete, connections].find',
    replace: '[complete, connections].find',
  },
  {
    ...QUERY,
    name: 'an unfinished connect stands in the way',
    loses: 'the only account that works must be named every time',
    search: '[active, complete, connections].find',
    replace: '[connections.filter(({ isActive }) => isActive), connections].find',
  },
  {
    ...HOST,
    name: 'this machine’s IPv6 address is a host like any other',
    loses: 'audit does not say that nobody can deliver there',
    search: " || hostname === '[::1]'",
    replace: '',
  },
  {
    ...HOST,
    name: 'a name below localhost is a host like any other',
    loses: 'audit does not say that nobody can deliver there',
    search: " || hostname.endsWith('.localhost')",
    replace: '',
  },
  {
    ...HOST,
    name: 'only 127.0.0.1 is this machine',
    loses: 'audit does not say that nobody can deliver there',
    search: String.raw`/^127\.\d+\.\d+\.\d+$/.test(hostname)`,
    replace: "hostname === '127.0.0.1'",
  },
]
