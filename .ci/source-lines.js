// What a stack needs of a source map: which file and line of src/ a place in a built file comes from. A fifth of the map's size.
import { decode, encode } from '@jridgewell/sourcemap-codec'

/** A source map with no columns, no names, and for packages no lines: the file says enough there. `sources` are paths from the root. */
export function linesOf({ sources, mappings }) {
  const paths = sources.map((source) => source.replace(/^(?:\.\.\/)+/, ''))
  const lines = decode(mappings).map((segments) => {
    let before = ''
    return segments.flatMap(([column, source, line]) => {
      if (source === undefined) return []
      const place = [source, paths[source].startsWith('src/') ? line : 0, 0]
      if (before === place.join()) return []
      before = place.join()
      return [[column, ...place]]
    })
  })
  return { version: 3, names: [], sources: paths, mappings: encode(lines) }
}
