// The version, put in by the build.

declare const CALRECONNECT_VERSION: string | undefined

export const VERSION = typeof CALRECONNECT_VERSION === 'string' ? CALRECONNECT_VERSION : '0.0.0-source'
