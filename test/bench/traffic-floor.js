// The floor for bench.js: a bare undici loop that makes the same requests as `webhooks audit`, and nothing else.
import { request } from 'undici'

const [url, token, organization, user] = process.argv.slice(2)
const headers = { authorization: `Bearer ${token}`, 'user-agent': 'bench' }

async function get(path, query) {
  const { body } = await request(`${url}${path}?${new URLSearchParams(query)}`, { headers })
  return body.json()
}

async function pages(path, query) {
  let rows = 0
  let pageToken = null
  do {
    const page = await get(path, { ...query, count: '100', ...(pageToken === null ? {} : { page_token: pageToken }) })
    rows += page.collection.length
    pageToken = page.pagination.next_page_token
  } while (pageToken !== null)
  return rows
}

await get('/users/me', {})
await pages('/organization_memberships', { user, organization })
const lists = [
  pages('/webhook_subscriptions', { organization, scope: 'organization' }),
  pages('/webhook_subscriptions', { organization, scope: 'user', user }),
  pages('/organization_memberships', { organization }),
  pages('/groups', { organization }),
]
process.stdout.write(`${(await Promise.all(lists)).join(' ')}\n`)
