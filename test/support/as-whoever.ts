// Who acts is who the session says: tests of roles and organizations that change have doubts of their own.

import type { AsWhoever } from '../../src/operations/declarative/plan.ts'

export const asWhoever: AsWhoever = (session, work) => work(session)
