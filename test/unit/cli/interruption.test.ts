import { expect, test } from 'vitest'
import { Interruptions } from '../../../src/cli/interruption.ts'
import { again, next } from '../../../src/core/errors/advice.ts'
import { errorOf } from '../../support/accounts.ts'

const tokens = (name: string) => ({
  awaited: `the tokens of ${name}`,
  cost: `${name} may have to be connected again`,
  mend: next('connect', '--name', name),
})

function heard() {
  const interruption = new Interruptions()
  const told: string[] = []
  interruption.tellTo((text) => told.push(text))
  return { interruption, told }
}

test('Interruptions.ask() aborts the signal, and says nothing where nothing is at stake', () => {
  const { interruption, told } = heard()
  const { signal } = interruption
  interruption.ask()
  expect([signal?.aborted, interruption.asked, told]).toEqual([true, true, []])
})

test('Interruptions.finish() does not hear what was asked, within it and in whatever it calls', async () => {
  const { interruption } = heard()
  const within = await interruption.finish(tokens('acme'), async () => {
    interruption.ask()
    await Promise.resolve()
    return interruption.signal
  })
  expect([within, interruption.signal?.aborted]).toEqual([undefined, true])
})

test('Interruptions.ask() says what is waited for and what giving up would cost, each once, and how many more', async () => {
  const { interruption, told } = heard()
  const [first, second] = ['acme', 'beta'].map((name) => interruption.finish(tokens(name), () => new Promise(() => {})))
  void interruption.finish(tokens('acme'), () => new Promise(() => {}))
  interruption.ask()
  expect([first, second, told]).toEqual([
    expect.any(Promise),
    expect.any(Promise),
    [
      'Interrupted, but waiting for the tokens of acme and the tokens of beta. Ctrl-C again gives up, and then acme may have to be connected again and beta may have to be connected again',
    ],
  ])
})

test.each([
  ['a stake with its own', tokens('acme'), next('connect', '--name', 'acme')],
  ['any other', { ...tokens('acme'), mend: null }, again()],
])('Interruptions.giveUp() names what is left and the one command that mends %s', async (_, stake, hint) => {
  const { interruption } = heard()
  void interruption.finish(stake, () => new Promise(() => {}))
  interruption.ask()
  interruption.giveUp()
  expect(await errorOf(interruption.givenUp)).toMatchObject({
    code: 'INTERRUPTED',
    message: 'Given up waiting for the tokens of acme: acme may have to be connected again',
    advice: hint,
  })
})

test('Interruptions.finish() has nothing at stake any more once its work has ended, well or not', async () => {
  const { interruption, told } = heard()
  await interruption.finish(tokens('acme'), async () => 1)
  await interruption.finish(tokens('beta'), () => Promise.reject(new Error('x'))).catch(() => null)
  interruption.ask()
  expect(told).toEqual([])
})
