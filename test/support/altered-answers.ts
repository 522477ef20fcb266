// A server in front of another that changes what it says: a Calendly whose answers hold values that nobody here has seen.

import { type HttpServer, startHttpServer } from './http-server.ts'

/** Called for each field of each JSON answer; gives the value that is sent instead. */
export type Alter = (field: string, value: unknown) => unknown

export interface Front extends HttpServer {
  /** From now on. */
  alter(change: Alter): void
}

/** Passes everything on to `target`, unaltered until told otherwise. Answers are changed, requests never. */
export async function startFront(target: string): Promise<Front> {
  let change: Alter = (_field, value) => value
  const server = await startHttpServer((request, response) => {
    const { method, url, headers, body } = request
    const sent = {
      method,
      headers: { authorization: headers.authorization ?? '', 'content-type': headers['content-type'] ?? 'application/json' },
      ...(body === '' ? {} : { body }),
    }
    void fetch(`${target}${url}`, sent).then(async (answer) => {
      const text = await answer.text()
      const altered = text === '' ? '' : JSON.stringify(JSON.parse(text, (field, value: unknown) => change(field, value)))
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(altered)
    })
  })
  return { ...server, alter: (other) => void (change = other) }
}
