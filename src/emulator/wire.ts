// Entities in Calendly's spelling and order of keys, as recorded 2026-05. Knows nothing of requests.
import type { Group, Invitation, Membership, Organization, Subscription, User } from './entities.ts'

/** `GET /users/{id}`. */
export function wireUser(user: User): Record<string, unknown> {
  return {
    avatar_url: user.avatarUrl,
    created_at: user.createdAt,
    current_organization: user.currentOrganization,
    email: user.email,
    locale: user.locale,
    name: user.name,
    resource_type: 'User',
    scheduling_url: `https://calendly.com/${user.slug}`,
    slug: user.slug,
    time_notation: user.timeNotation,
    timezone: user.timezone,
    updated_at: user.updatedAt,
    uri: user.uri,
  }
}

/** `GET /organizations/{id}`; `id` is returned though no schema has it. */
export function wireOrganization(organization: Organization): Record<string, unknown> {
  return {
    created_at: organization.createdAt,
    id: organization.id,
    kind: organization.kind,
    name: organization.name,
    plan: organization.plan,
    stage: organization.stage,
    updated_at: organization.updatedAt,
    uri: organization.uri,
  }
}

/** An item of `GET /organization_memberships`. */
export function wireMembership(membership: Membership, user: User): Record<string, unknown> {
  return {
    created_at: membership.createdAt,
    organization: membership.organization,
    role: membership.role,
    updated_at: membership.updatedAt,
    uri: membership.uri,
    user: {
      avatar_url: user.avatarUrl,
      created_at: user.createdAt,
      email: user.email,
      locale: user.locale,
      name: user.name,
      time_notation: user.timeNotation,
      timezone: user.timezone,
      updated_at: user.updatedAt,
      uri: user.uri,
      scheduling_url: `https://calendly.com/${user.slug}`,
      slug: user.slug,
    },
  }
}

/**
 * An item of `GET /groups`. Not in any copy of the OpenAPI that was read: the fields are those that Calendly's pages show for
 * groups, and the client must rely on `uri` and `name` alone.
 */
export function wireGroup(group: Group): Record<string, unknown> {
  return {
    created_at: group.createdAt,
    member_count: group.members.length,
    name: group.name,
    organization: group.organization,
    updated_at: group.updatedAt,
    uri: group.uri,
  }
}

/** The twelve fields of a webhook subscription; never its signing key. */
export function wireSubscription(row: Subscription): Record<string, unknown> {
  return {
    callback_url: row.callbackUrl,
    created_at: row.createdAt,
    creator: row.creator,
    events: row.events,
    group: row.group,
    organization: row.organization,
    retry_started_at: row.retryStartedAt,
    scope: row.scope,
    state: row.state,
    updated_at: row.updatedAt,
    uri: row.uri,
    user: row.user,
  }
}

/** An item of `GET /organizations/{id}/invitations`. `user` is there once it was accepted. */
export function wireInvitation(row: Invitation): Record<string, unknown> {
  return {
    created_at: row.createdAt,
    email: row.email,
    last_sent_at: row.lastSentAt,
    organization: row.organization,
    status: row.status,
    updated_at: row.updatedAt,
    uri: row.uri,
    ...(row.user === null ? {} : { user: row.user }),
  }
}
