// Tells observers of exchanges, and keeps their failures away from the work: an answer that cannot be had again (a token pair, a 201,
// a 204) is on its way to the disk while they look. Knows no observer, and nothing of what they are for.

import type { Exchange, ExchangeObserver } from './exchange.ts'

interface Watch {
  /** Never throws. @param exchange made only when somebody looks; it may throw too (masking what is nested too deep) */
  tell(exchange: () => Exchange): void
  /** Lets observers write what they hold back, then says of each, once, what it has lost. Never throws. */
  close(): Promise<void>
}

/** @param onLost takes a sentence for people */
export function watchWith(observers: readonly ExchangeObserver[], onLost: (text: string) => void): Watch {
  const lost = new Map<ExchangeObserver, unknown>()
  /** The first reason is told: what follows is mostly its consequence. */
  const lose = (observer: ExchangeObserver, reason: unknown): void => {
    if (!lost.has(observer)) lost.set(observer, reason)
  }
  const asks = (observer: ExchangeObserver): boolean => {
    try {
      return observer.isWatching?.() ?? true
    } catch (reason) {
      lose(observer, reason)
      return false
    }
  }
  return {
    tell(exchange) {
      const watching = observers.filter(asks)
      if (watching.length === 0) return
      let seen: Exchange
      try {
        seen = exchange()
      } catch (reason) {
        for (const observer of watching) lose(observer, reason)
        return
      }
      for (const observer of watching) {
        try {
          observer.observe(seen)
        } catch (reason) {
          lose(observer, reason)
        }
      }
    },
    async close() {
      for (const observer of observers) {
        try {
          await observer.close?.()
        } catch (reason) {
          lose(observer, reason)
        }
      }
      for (const [{ name }, reason] of lost) onLost(`${name} is not complete: ${reason instanceof Error ? reason.message : String(reason)}`)
      lost.clear()
    },
  }
}
