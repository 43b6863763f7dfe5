// Live pages: `/events` tells that something changed, and the page asks for itself again and morphs what differs into
// place, so that focus, scroll and a half-typed filter stay where they are. A page that cannot be refreshed says so:
// old numbers that look like new ones are worse than none.

import htmx from "htmx.org";

/** Several changes at once are one refresh. */
const GATHER_MS = 300;
/** However much happens, a page asks for itself no more often than this. */
const AT_MOST_EVERY_MS = 2_000;
/** "12 minutes ago" is refreshed by asking again even when nothing has happened. */
const AT_LEAST_EVERY_MS = 60_000;

/** Keeps `#live` of this page as the server would render it now; `topics` are the names of the events that matter. */
export function keepFresh(topics: string[]): void {
  watchResponses();
  if (topics.length === 0 || document.getElementById("live") === null) return;

  let due: number | undefined;
  let refreshedAt = performance.now();
  let isMissed = false;

  const refresh = (): void => {
    due = undefined;
    if (document.hidden) {
      isMissed = true;
      return;
    }
    isMissed = false;
    refreshedAt = performance.now();
    // Nobody touched the page: the header tells the server not to take this for a use of the session.
    const headers = { "VillageNet-Refresh": "1" };
    const options = { target: "#live", select: "#live", swap: "outerMorph", headers };
    // The time-out is in the page's htmx-config: on a bad line a request is given up, and asked again.
    void htmx.ajax("GET", location.pathname + location.search, options).finally(() => refreshIn(AT_LEAST_EVERY_MS));
  };
  const refreshIn = (wait_ms: number): void => {
    clearTimeout(due);
    due = setTimeout(refresh, wait_ms);
  };
  const changed = (): void => {
    const since_ms = performance.now() - refreshedAt;
    refreshIn(Math.max(GATHER_MS, AT_MOST_EVERY_MS - since_ms));
  };

  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && isMissed) refreshIn(0);
  });
  window.addEventListener("online", changed);
  listen(topics, changed);
  refreshIn(AT_LEAST_EVERY_MS);
}

/** Follows `/events`; the browser reconnects by itself, and what was missed meanwhile is a change too. */
function listen(topics: string[], changed: () => void): void {
  const source = new EventSource("/events");
  let wasLost = false;
  source.addEventListener("error", () => {
    wasLost = true;
    // Refused for good: the session is over, and the page is told so when it asks for itself.
    if (source.readyState === EventSource.CLOSED) changed();
  });
  source.addEventListener("open", () => {
    if (wasLost) changed();
    wasLost = false;
  });
  for (const topic of ["all", ...topics]) source.addEventListener(topic, changed);
  window.addEventListener("pagehide", () => source.close());
  window.addEventListener("pageshow", (event) => {
    // Restored from the back/forward cache: the stream is closed and the page is old.
    if (event.persisted) location.reload();
  });
}

/** An answer that is not the page must not replace it. */
function watchResponses(): void {
  document.addEventListener("htmx:before:response", (event) => {
    const status = (event as CustomEvent<{ ctx: { response: { status: number } } }>).detail.ctx.response.status;
    if (status === 401) {
      // The session is over: the server sends the browser to the log-in page, and back here after it.
      location.reload();
    }
    if (status >= 400) event.preventDefault();
    showStale(status >= 400);
  });
  document.addEventListener("htmx:error", () => showStale(true));
}

function showStale(isStale: boolean): void {
  const note = document.getElementById("stale");
  if (note !== null) note.hidden = !isStale;
}
