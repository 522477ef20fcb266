// Routing forms and what was filled into them, as the API lists them and deliveries carry them. Knows nothing of sending.
import type { RoutingForm, RoutingFormSubmission } from '../entities.ts'

/** An item of `GET /routing_forms`. */
export function wireRoutingForm(row: RoutingForm): Record<string, unknown> {
  return {
    created_at: row.createdAt,
    name: row.name,
    organization: row.organization,
    questions: row.questions.map(({ uuid, name, type, required, answerChoices }) => ({
      answer_choices: answerChoices,
      name,
      required,
      type,
      uuid,
    })),
    status: row.status,
    updated_at: row.updatedAt,
    uri: row.uri,
  }
}

/** An item of `GET /routing_form_submissions`, and the payload of `routing_form_submission.created`. */
export function wireSubmission(row: RoutingFormSubmission): Record<string, unknown> {
  return {
    created_at: row.createdAt,
    questions_and_answers: row.answers.map(({ questionUuid, question, answer }) => ({ question_uuid: questionUuid, question, answer })),
    result: { type: row.result.type, value: row.result.value },
    routing_form: row.routingForm,
    submitter: row.submitter,
    submitter_type: row.submitter === null ? null : 'Invitee',
    tracking: { utm_campaign: null, utm_source: null, utm_medium: null, utm_content: null, utm_term: null, salesforce_uuid: null },
    updated_at: row.updatedAt,
    uri: row.uri,
  }
}
