// Mistakes in what is done: after a failure, after a lost answer, in which order, and in what is said of it.

import type { Fault } from './fault.ts'

const RESTORE = { file: 'src/operations/webhooks/restore.ts', tests: ['test/integration/webhooks/restore.test.ts'] }
const SOURCE = { file: 'src/operations/webhooks/restore.ts', tests: ['test/unit/execute/restore-source.test.ts'] }
const APPLY = { file: 'src/operations/declarative/apply.ts', tests: ['test/integration/declarative/apply.test.ts'] }
const LOOK = {
  file: 'src/operations/disconnect/look.ts',
  tests: ['test/integration/disconnect/disconnect.test.ts', 'test/integration/disconnect/doubt.test.ts'],
}
const POST = {
  file: 'src/operations/execute/post.ts',
  tests: ['test/integration/execute/post.test.ts'],
}
const REPLACE = { file: 'src/operations/execute/replace.ts', tests: ['test/integration/execute/post.test.ts'] }
const VAULT = { file: 'src/adapters/store/vault.ts', tests: ['test/integration/store/secrets.test.ts'] }
const LOOPBACK = { file: 'src/adapters/oauth/loopback-server.ts', tests: ['test/integration/oauth/loopback-server.test.ts'] }

export const OPERATION_FAULTS: readonly Fault[] = [
  {
    file: 'src/operations/connect/reconnect.ts',
    tests: ['test/integration/connect/reconnect.test.ts'],
    name: 'the tokens of another Calendly user are accepted',
    loses: "webhooks are made for somebody else, under this account's name",
    search: 'connection.userUri !== null && connection.userUri !== user.uri',
    replace: "connection.userUri === ''",
  },
  {
    ...RESTORE,
    name: 'the last run is the one that deleted',
    loses: 'restore brings back nothing after a run that deleted nothing',
    search: 'recorded?.steps.some(hasDeleted) !== true',
    replace: 'recorded === null',
  },
  {
    ...RESTORE,
    name: 'a delete that failed has deleted',
    loses: 'restore looks at the wrong run',
    search: "return outcome === 'deleted' || state === 'intended'",
    replace: 'return true',
  },
  {
    ...SOURCE,
    name: 'of what was deleted often the first definition',
    loses: 'the events that a webhook had when it was deleted',
    search: 'if (!latest.has(backup.uri)) latest.set',
    replace: 'latest.set',
  },
  {
    ...SOURCE,
    name: 'the beginning of two ids is the first',
    loses: 'a webhook comes back that nobody named',
    search: 'fitting.length > 1 && !URL.canParse(text)',
    replace: 'fitting.length > 2 && !URL.canParse(text)',
  },
  {
    ...SOURCE,
    name: 'a run has deleted only if all its steps have',
    loses: 'restore brings back what an earlier run deleted',
    search: 'recorded?.steps.some(hasDeleted) !== true',
    replace: 'recorded?.steps.every(hasDeleted) !== true',
  },
  {
    ...RESTORE,
    name: 'only the first backup’s group is looked at',
    loses: 'a second webhook beside the one that is there',
    search: 'backups.find(({ group }) => group !== null)?.group ?? null',
    replace: 'backups[0]?.group ?? null',
  },
  {
    ...RESTORE,
    name: 'of several keys the oldest',
    loses: 'receivers refuse every delivery, since the newest key was theirs',
    search: '(a.createdAt < b.createdAt ? -1 : 1)',
    replace: '(a.createdAt < b.createdAt ? 1 : -1)',
  },
  {
    ...RESTORE,
    name: 'what stays is said to get a new key',
    loses: 'receivers are told of a change that is none',
    search: 'created.has(identityOf(one)) && !keys.has',
    replace: '!keys.has',
  },
  {
    ...APPLY,
    name: 'a full disk is one account’s failure',
    loses: 'the other accounts are changed although nothing can be written down',
    search: "['interrupted', 'store', 'bug'].includes(error.exit)",
    replace: "['interrupted', 'bug'].includes(error.exit)",
  },
  {
    ...APPLY,
    name: 'a failed account ends the run',
    loses: 'the accounts after it',
    search: 'if (isFinal || planned.length === 1) throw error',
    replace: 'throw error',
  },
  {
    ...APPLY,
    name: 'what the file does not name is the account’s own',
    loses: 'reconnect looks after a subscription that is to go',
    search: "action === 'keep' && uri !== null ? [uri] : []",
    replace: 'uri !== null ? [uri] : []',
  },
  {
    ...LOOK,
    name: 'any refusal counts as gone',
    loses: 'the subscription is forgotten and delivers on as nobody’s',
    search: "error.code === 'CALENDLY_NOT_FOUND' && !isElsewhere",
    replace: '!isElsewhere',
  },
  {
    ...LOOK,
    name: 'a failure of the store is one of looking',
    loses: 'disconnect goes on although nothing can be written down',
    search: "exit === 'store' || exit === 'bug'",
    replace: "exit === 'bug'",
  },
  {
    ...POST,
    name: "another step's lost create is taken for ours",
    loses: 'the stored key is not the one that the subscription signs with',
    search: 'intent.runId === runId && intent.stepIndex === what.index',
    replace: 'intent.runId === runId',
  },
  {
    ...POST,
    name: "another run's lost create is taken for ours",
    loses: 'the stored key is not the one that the subscription signs with',
    search: 'intent.runId === runId && intent.stepIndex === what.index',
    replace: 'intent.stepIndex === what.index',
  },
  {
    ...POST,
    name: 'of those in the way, somebody else’s first',
    loses: 'the 409 is blamed on a subscription of another scope',
    search: '(identityOf(one) === identityOf(spec) ? 0 : 2)',
    replace: '(identityOf(one) === identityOf(spec) ? 2 : 0)',
  },
  {
    ...POST,
    name: 'of those in the way, another spelling first',
    loses: 'the 409 is blamed on a subscription that may stand beside',
    search: '(one.callbackUrl === spec.callbackUrl ? 0 : 1)',
    replace: '(one.callbackUrl === spec.callbackUrl ? 1 : 0)',
  },
  {
    file: 'src/operations/execute/put-back.ts',
    tests: ['test/integration/webhooks/restore.test.ts'],
    name: 'a disabled one comes back to life',
    loses: 'deliveries begin again to a receiver that was given up',
    search: "!isUnderstood(lost) || lost.state !== 'active'",
    replace: '!isUnderstood(lost)',
  },
  {
    ...REPLACE,
    name: 'the backup of one found late has the new URL',
    loses: 'restore makes the old webhook at the wrong URL',
    search: '    callbackUrl: step.replacedUrl,\n',
    replace: '',
  },
  {
    ...VAULT,
    name: 'a key that another process changed is a lost key',
    loses: 'every command fails once while the key is rotated',
    search: 'attempt === ATTEMPTS_MAX || !(await this.#keyMoved(sealed))',
    replace: 'attempt > 0 || !(await this.#keyMoved(sealed))',
  },
  {
    ...VAULT,
    name: 'any key that is given is the store’s',
    loses: 'a wrong key is told as a damaged store',
    search: 'keyIdOf(key) !== keyId)',
    replace: "keyId === '')",
  },
  {
    file: 'src/adapters/store/vault.ts',
    tests: ['test/integration/store/vault.test.ts'],
    name: 'one secret that cannot be read takes the others with it',
    loses: 'every connection, for one whose key is lost',
    search: 'return hasKey ? this.open(envelope, place) : Secret.unreadable(thrown)',
    replace: 'return Secret.unreadable(thrown)',
  },
  {
    ...LOOPBACK,
    name: 'whoever waits for an answer counts as idle',
    loses: 'the person who signed in sees a broken page, and the connect goes on unseen',
    search: '(request: IncomingMessage) => idle.delete(request.socket)',
    replace: '() => {}',
  },
  {
    ...LOOPBACK,
    name: 'sockets that have gone are counted',
    loses: 'idle sockets of another program lock the browser out',
    search: "socket.once('close', () => idle.delete(socket))",
    replace: '',
  },
  {
    file: 'src/operations/disconnect/many.ts',
    tests: ['test/integration/disconnect/disconnect.test.ts', 'test/integration/disconnect/shared.test.ts'],
    name: 'Ctrl-C does not keep the next account',
    loses: 'accounts that somebody wanted to keep',
    search: 'deps.interruption.signal?.aborted === true',
    replace: 'deps.interruption.signal === null',
  },
  {
    file: 'src/operations/execute/plan.ts',
    tests: ['test/integration/webhooks/ensure.test.ts'],
    name: 'a delete begins beside the create before it',
    loses: 'the old webhook is gone when the new one is refused',
    search: "step.action === 'delete' && last?.[0]?.step.action === 'delete'",
    replace: "step.action === 'delete' && last !== undefined",
  },
  {
    file: 'src/operations/tokens/access-token.ts',
    tests: ['test/integration/tokens/access-token.test.ts'],
    name: 'every wait for the token budget is the first',
    loses: 'a command waits for ever instead of --max-wait',
    search: '    waitedMs += waitMs\n',
    replace: '',
  },
  {
    file: 'src/adapters/captures/whole-file.ts',
    tests: ['test/integration/verify/formats.test.ts'],
    name: 'an unsigned delivery in a recording is none',
    loses: 'verify does not say that deliveries came without a signature',
    search: "String(one['name']).toLowerCase() === 'user-agent'",
    replace: "one['name'] === 'user-agent'",
  },
  {
    file: 'src/adapters/oauth/redirect-listener.ts',
    tests: ['test/integration/oauth/redirect-listener.test.ts'],
    name: 'a 405 does not say what is allowed',
    loses: 'nothing much; RFC 9110 wants it',
    search: "status === 405 ? { allow: 'GET' } : {}",
    replace: '{}',
  },
]
