// Work on many things, some at a time.

/**
 * The results in the order of `items`. The first failure is thrown after what was begun has ended; nothing new is begun then.
 * @param atOnceMax how many may be under way at the same time, at least 1
 */
export async function mapBounded<T, R>(
  items: readonly T[],
  atOnceMax: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<readonly R[]> {
  const results = new Map<number, R>()
  const failures: unknown[] = []
  const queue = items.entries()
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) {
      if (failures.length > 0) return
      try {
        results.set(index, await work(item, index))
      } catch (error) {
        failures.push(error)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.max(1, Math.min(atOnceMax, items.length)) }, worker))
  if (failures.length > 0) throw failures[0]
  return [...results.entries()].sort(([a], [b]) => a - b).map(([, result]) => result)
}
