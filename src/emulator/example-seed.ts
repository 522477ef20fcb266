// A seed to begin with: one of everything, small enough to read. What `--print-seed` writes, and what help shows.

/** Valid against the seed's schema; a test plants it. */
export const EXAMPLE_SEED = {
  organizations: [{ name: 'Acme', plan: 'teams', stage: 'paid' }],
  users: [
    { email: 'ada@acme.example', name: 'Ada Owner', role: 'owner' },
    { email: 'bo@acme.example', name: 'Bo Admin', role: 'admin' },
    { email: 'member{n}@acme.example', name: 'Member {n}', role: 'user', count: 3 },
  ],
  groups: [{ name: 'Sales', members: ['ada@acme.example', 'member1@acme.example'] }],
  apps: [{ client_id: 'my-app', client_secret: 'my-secret', redirect_uris: ['http://localhost:8917/callback'] }],
  personal_access_tokens: [{ token: 'pat-of-ada', user: 'ada@acme.example' }],
  event_types: [{ name: 'Intro call', duration: 15, owner: 'ada@acme.example' }],
  meetings: [{ host: 'ada@acme.example', invitee_email: 'guest{n}@example.com', count: 2 }],
  subscriptions: [
    { callback_url: 'http://localhost:3000/hooks', signing_key: 'my-signing-key' },
    { callback_url: 'https://old.acme.example/hooks', state: 'disabled', creator: 'bo@acme.example' },
  ],
  switches: { conflict_span: 'creator' },
}

/** As a file: a line for each entity. */
export function exampleSeedText(): string {
  const inOneLine = (value: unknown) => JSON.stringify(value, null, 1).replaceAll(/\n\s*/g, ' ')
  const section = ([name, value]: readonly [string, unknown]) =>
    Array.isArray(value)
      ? `  ${JSON.stringify(name)}: [\n${value.map((row) => `    ${inOneLine(row)}`).join(',\n')}\n  ]`
      : `  ${JSON.stringify(name)}: ${inOneLine(value)}`
  return `{\n${Object.entries(EXAMPLE_SEED).map(section).join(',\n')}\n}`
}
