// The control API's part on users, organizations, memberships and apps.
import * as v from 'valibot'
import { findUser } from '../lookup.ts'
import { parseInput } from '../seed-schema.ts'
import { changeApp, changeOrganization, changeUser } from './people.ts'
import type { Asked, Handler } from './handler.ts'

const text = v.pipe(v.string(), v.nonEmpty('must be filled'))
const role = v.picklist(['owner', 'admin', 'user'])
const features = v.strictObject({
  webhooks: v.exactOptional(v.boolean()),
  routing_forms: v.exactOptional(v.boolean()),
  meeting_recaps: v.exactOptional(v.boolean()),
})

export const peopleHandlers: readonly (readonly [string, Handler])[] = [
  ['PATCH /users', patchUser],
  ['POST /users/move', move],
  ['POST /users/remove', remove],
  ['PATCH /organizations', patchOrganization],
  ['PATCH /apps', patchApp],
  ['POST /memberships/role', setRole],
  ['POST /memberships/remove', removeMember],
]

function patchUser({ control, body }: Asked): unknown {
  const schema = v.strictObject({
    user: text,
    email: v.exactOptional(text),
    name: v.exactOptional(text),
    slug: v.exactOptional(text),
    timezone: v.exactOptional(text),
    locale: v.exactOptional(text),
    current_organization: v.exactOptional(text),
  })
  const { user, current_organization: currentOrganization, ...rest } = parseInput('body', schema, body)
  return changeUser(control.world, user, { ...rest, ...(currentOrganization === undefined ? {} : { currentOrganization }) })
}

function move({ control, body }: Asked): unknown {
  const schema = v.strictObject({ user: text, organization: text, role: v.optional(role) })
  const given = parseInput('body', schema, body)
  return control.moveUser(given.user, given.organization, given.role)
}

function remove({ control, body }: Asked): unknown {
  const { user } = parseInput('body', v.strictObject({ user: text }), body)
  const { uri } = findUser(control.state, user)
  control.removeUser(uri)
  return { removed: uri }
}

function patchOrganization({ control, body }: Asked): unknown {
  const schema = v.strictObject({
    organization: text,
    name: v.exactOptional(text),
    plan: v.exactOptional(v.picklist(['basic', 'essentials', 'standard', 'professional', 'teams', 'enterprise'])),
    stage: v.exactOptional(v.picklist(['trial', 'free', 'paid'])),
    kind: v.exactOptional(v.picklist(['single', 'multiple'])),
    features: v.exactOptional(features),
  })
  const { organization, ...change } = parseInput('body', schema, body)
  return changeOrganization(control.world, organization, change)
}

function patchApp({ control, body }: Asked): unknown {
  const schema = v.strictObject({
    client_id: text,
    name: v.exactOptional(text),
    client_secret: v.exactOptional(text),
    redirect_uris: v.exactOptional(v.array(text)),
    scopes: v.exactOptional(v.array(text)),
    signing_key: v.exactOptional(text),
    legacy: v.exactOptional(v.boolean()),
  })
  const {
    client_id: clientId,
    client_secret: clientSecret,
    redirect_uris: redirectUris,
    signing_key: signingKey,
    ...rest
  } = parseInput('body', schema, body)
  return changeApp(control.world, clientId, {
    ...rest,
    ...(clientSecret === undefined ? {} : { clientSecret }),
    ...(redirectUris === undefined ? {} : { redirectUris }),
    ...(signingKey === undefined ? {} : { signingKey }),
  })
}

function setRole({ control, body }: Asked): unknown {
  const given = parseInput('body', v.strictObject({ user: text, role, organization: v.optional(text) }), body)
  control.setRole(given.user, given.role, given.organization)
  return {}
}

function removeMember({ control, body }: Asked): unknown {
  const { user, organization } = parseInput('body', v.strictObject({ user: text, organization: v.optional(text) }), body)
  return { removed: control.removeMember(user, organization) }
}
