// `help security`.

export const SECURITY = `Where secrets are, and where they are not.

Tokens and signing keys
  In the store, encrypted (AES-256-GCM), one envelope each. The store is readable by you alone.
  The key that encrypts them is in the platform's config folder, in CALRECONNECT_KEY, or in the keyring of the operating system
  (on Linux the Secret Service of the desktop, GNOME Keyring or KWallet; never the kernel's keys, which a reboot forgets):
    calreconnect store key status
    calreconnect store key use keyring
    calreconnect store key rotate
  A copy of the store without that key shows accounts and callback URLs, and no secret. If the key is lost:
    calreconnect store reset-secrets

Never on a command line
  No option takes a secret as its value: process lists and shell histories are readable. Give a file (--…-file), standard input
  (--…-stdin), an environment variable, or type it where it is not shown.

Never in output
  Tables and reports mask tokens in the query of a callback URL, since they are passed on sooner or later;
  --show-secrets shows them. JSON has callback URLs as Calendly has them.
  Logs, --debug, --har, --json and errors have secrets masked. Commands that exist to print one do: token, and
  webhooks get --show-secret. To pass a token on without printing it: calreconnect exec -- COMMAND

The browser's way back
  PKCE (S256) and a fresh state for each authorization; the port is open on this machine's loopback only, and only while you
  authorize. A redirect with another state, host, path or method is refused. See: calreconnect help redirect-uris

Requests
  Over https only, to CALENDLY_API_URL and CALENDLY_AUTH_URL and nowhere else; redirects are not followed.

Deliveries
  verify judges the raw bytes with every key that is known, in constant time. Age is judged with --tolerance only.

If something got out
  calreconnect disconnect                  revokes both tokens at Calendly and deletes what was made here
  calreconnect webhooks recreate --yes     a fresh signing key`
