// `help redirect-uris`.

export const REDIRECT_URIS = `The redirect URI is where Calendly sends the browser after you have agreed. It must equal one that is registered with the OAuth app,
letter by letter: host, port, path, no slash more or less.

Sandbox app (the usual one: it acts on real accounts all the same)
  Register http://localhost:8917/callback, which is the default here. localhost, not 127.0.0.1.
  Another port or path: register it, then
    calreconnect connect --redirect-uri http://localhost:9000/callback
  or set CALRECONNECT_REDIRECT_URI for good.

Production app
  Calendly takes https only. Either with a certificate for localhost:
    calreconnect connect --redirect-uri https://localhost:8917/callback --tls-cert cert.pem --tls-key key.pem
  or any https page of yours, and paste the address that the browser ends at.

The browser is on another machine (SSH, container, CI)
  SSH: forward the port, ssh -L 8917:localhost:8917 HOST, and open the printed URL over there.
  Else paste: connect takes the whole address that the browser ended at, also when that page could not be shown.
  Without a terminal, in two steps:
    calreconnect connect --start --json
    calreconnect connect --complete - < redirect-url.txt

The port is taken
  The error names the process if it can be found. calreconnect doctor looks at the port before you begin.`
