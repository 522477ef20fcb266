// The environment of this program apart from that of its process: what other programs inherit from the process has no secret of ours.

import { SECRET_SETTINGS } from '../../core/secrets/own-secrets.ts'

/** All of `env` to keep; takes our secrets out of `env` itself, which the system's browser, say, is started with. */
export function takeEnvironment(env: Record<string, string | undefined>): Record<string, string | undefined> {
  // Windows finds names whatever their case, a copy does not.
  const path = env['PATH']
  const own = { ...env, ...(path === undefined ? {} : { PATH: path }) }
  for (const name of SECRET_SETTINGS) delete env[name]
  return own
}
