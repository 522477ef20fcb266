// What is used of jq-wasm: the real jq, compiled to WebAssembly. Declared here, since it is loaded only where --jq asks for it.

declare module 'jq-wasm' {
  export interface Jq {
    raw(input: string, filter: string, flags?: readonly string[]): { stdout: string; stderr: string; exitCode: number }
  }
  export function loadJq(): Promise<Jq>
}
