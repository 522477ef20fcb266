// One request from socket to socket: whom it is for, what a fault does to it, what answers it. Faults act here.
// Knows nothing of routes, and nothing of how the server is started.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { answerControl } from './control/routes.ts'
import type { Control } from './control/control.ts'
import type { Fault } from './faults.ts'
import { describe } from './info.ts'
import { foreignOrigin, isOwnHost } from './neighbours.ts'
import { act, noticeFor } from './page/actions.ts'
import { overviewPage } from './page/page.ts'
import { edgePage, edgeRefusal, internalServerError, Refusal, type Answer } from './refusals.ts'
import { keptFrom } from './origin.ts'
import { readRequest, type EmulatorRequest } from './request.ts'
import { reshape } from './reshape.ts'
import { answer } from './router.ts'
import type { StateFile } from './state-file.ts'
import { render, send, sendHalf } from './write-answer.ts'

/** What every request of one emulator is served with. */
export interface Serving {
  readonly control: Control
  readonly stateFile: StateFile | null
  url: string
}

/** Answers a request. Never rejects: a rejection inside a request listener would end the process. */
export async function serve(serving: Serving, message: IncomingMessage, response: ServerResponse): Promise<void> {
  const startedMs = performance.now()
  const { control } = serving
  const finish = (given: Answer, method: string) => send(response, render(control.world, given, performance.now() - startedMs), method)
  response.on('error', () => undefined)
  try {
    const request = await readRequest(message, (text) => keptFrom(control.world.origin, text))
    // A page on another name that was pointed at 127.0.0.1 must read nothing here (DNS rebinding).
    if (!isOwnHost(serving.url, request.headers['host'])) throw edgeRefusal(421, 'Misdirected Request')
    if (isControl(request.path)) finish(await serveControl(serving, request), request.method)
    else if (request.path === '/') finish(await servePage(serving, request), request.method)
    else await serveWire(serving, request, response, startedMs)
  } catch (error) {
    if (response.headersSent || response.destroyed) response.destroy()
    else finish(error instanceof Refusal ? error.answer : internalServerError().answer, 'GET')
  }
}

function isControl(path: string): boolean {
  return path === '/_emulator' || path.startsWith('/_emulator/')
}

async function serveControl({ control, stateFile, url }: Serving, request: EmulatorRequest): Promise<Answer> {
  const origin = foreignOrigin(url, request.headers)
  if (origin !== null) return { status: 403, own: true, json: { error: `the control API answers no request from ${origin}`, path: '' } }
  const given = await answerControl(control, describe(control.world, url), request)
  await stateFile?.save(control.state, control.clock.nowMs())
  return { ...given, own: true }
}

/** Anybody may look; only the page's own buttons do anything. */
async function servePage({ control, stateFile, url }: Serving, request: EmulatorRequest): Promise<Answer> {
  if (request.method === 'GET' || request.method === 'HEAD') return overviewPage(control.world, url, noticeFor(request))
  if (request.method !== 'POST')
    return { status: 405, own: true, html: edgePage(405, 'Method Not Allowed'), headers: { allow: 'GET, POST' } }
  const origin = foreignOrigin(url, request.headers)
  if (origin !== null) return { status: 403, own: true, json: { error: `the page takes no form from ${origin}` } }
  const given = await act(control, request)
  await stateFile?.save(control.state, control.clock.nowMs())
  return given
}

async function serveWire(serving: Serving, request: EmulatorRequest, response: ServerResponse, startedMs: number): Promise<void> {
  const { control } = serving
  const seen = control.requests.add(request, control.clock.nowMs())
  const fault = control.faults.take(request.method, request.path, request.query)
  const action = fault?.action ?? null
  if (fault !== null && fault.delay_ms > 0) await pause(fault.delay_ms)
  if (action === 'drop_before') return void response.socket?.destroy()
  if (action === 'reset_before') return void response.socket?.resetAndDestroy()
  if (action === 'stall') return
  const given = fault?.action === 'status' ? scripted(fault) : changed(fault, answer(control.world, request))
  await serving.stateFile?.save(control.state, control.clock.nowMs())
  if (fault !== null && fault.delay_after_ms > 0) await pause(fault.delay_after_ms)
  if (action === 'drop_after' || action === 'rotate_and_lose') return void response.socket?.destroy()
  if (action === 'reset_after') return void response.socket?.resetAndDestroy()
  if (action === 'stall_after') return
  const rendered = render(control.world, given, performance.now() - startedMs)
  seen.status = rendered.status
  if (action === 'half_body') sendHalf(response, rendered)
  else send(response, rendered, request.method)
}

/** What a fault makes of the answer to a request that was done. */
function changed(fault: Fault | null, honest: Answer): Answer {
  if (fault?.action === 'status_after') return scripted(fault)
  if (fault?.action !== 'reshape' || honest.json === undefined) return honest
  return { ...honest, json: reshape(honest.json, fault), headers: { ...honest.headers, ...fault.headers } }
}

/** The answer that a fault spells out. */
function scripted(fault: Fault): Answer {
  if (fault.body === undefined) return { status: fault.status, html: edgePage(fault.status, 'Error'), headers: fault.headers }
  if (typeof fault.body === 'string') return { status: fault.status, html: fault.body, headers: fault.headers }
  return { status: fault.status, json: fault.body, headers: fault.headers }
}
