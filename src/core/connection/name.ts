// What a connection may be called.

import { CalreconnectError } from '../errors/errors.ts'

const NAME_LENGTH_MAX = 100

/** @throws USAGE for a name that could be taken for something else */
export function checkName(name: string): void {
  const reason =
    name.trim() !== name || name === ''
      ? 'must not be empty or begin or end with a space'
      : name.length > NAME_LENGTH_MAX
        ? `has more than ${NAME_LENGTH_MAX} characters`
        : /^[-~]/.test(name)
          ? 'must not begin with - or ~'
          : /\p{Cc}/u.test(name)
            ? 'must not have control characters'
            : null
  if (reason !== null) throw new CalreconnectError('USAGE', `The name ${JSON.stringify(name)} ${reason}`, { hint: 'Choose another name' })
}
