# Log-in, errors, API.
login-title = Log in
login-go = Log in

error-home = To the overview
error-id = Request id, to be found in the log:
error-bad-request = The request makes no sense
error-bad-request-next = The address may be mistyped or cut short. Start again from the overview.
error-not-signed-in = Please log in
error-not-signed-in-next = The session has ended or has not begun. After logging in you will be back on the page you asked for.
error-not-allowed = You may not see this page
error-not-allowed-next = This account may not see or do that. Ask an administrator if it should.
error-step-up = Please confirm that it is you
error-step-up-next = This changes credentials, keys or roles, so it takes a second factor shown within the last 10 minutes. Confirm, then do it again.
error-not-found = Not found
error-not-found-next = There is no such hall or device, or it was deleted. Look for it by name on the overview.
error-link-spent = This link is good no more
error-link-spent-next = It was used, or is too old. If you have no pass phrase yet, ask an administrator for another link.
error-not-ready = VillageNet is not ready
error-not-ready-next = The server is starting or stopping. Reload the page in a few minutes.
error-our-fault = Something went wrong in VillageNet
error-our-fault-next = It has been written to the log; the halls are still being watched. Reload the page; if it happens again, give the request id below to an administrator.

api-title = API
api-how = Everything on these pages can be had as JSON, with the same access token:
