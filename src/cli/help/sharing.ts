// `help sharing`.

export const SHARING = `One subscription, several connections.

Calendly has one subscription per callback URL, and an organization-scope one sends the events of all its members. So connections of one
organization that want the same URL and scope share one subscription, with the events of all of them and one signing key.

  calreconnect connect --name ann --callback-url https://example.com/hook
  calreconnect connect --name bob --callback-url https://example.com/hook     the same subscription, kept

Whoever leaves hands over: disconnect deletes what nobody else wants, and the last one deletes the rest.

  calreconnect disconnect ann          bob looks after it from now on
  calreconnect webhooks list           what there is, and whose

Somebody else's subscription at the URL (made by another program) is replaced, since its signing key cannot be read: that is said first.
  --no-replace                         leave it, and stop
  --adopt                              keep it as it is, without its key
  --take-over                          insist where the other side keeps replacing ours (CONTESTED)

Several machines that share one store wait for each other: tokens are renewed once, changes exclude each other.
Several stores for one account do not know of each other. Give each its own callback URL: a query string will do.`
