// What is new, as it comes: by server-sent events, or by polling where the server does not stream. Comes back by itself.

import { address, getIfNew } from "./api.js";

const pollEvery = 2000;
const retryAfter = 2000;

/**
 * Listens for ever. Handlers: onClosed(result), onLive(results), onStatus(status), onReset(), onState("open" | "lost").
 */
export const listen = (isStreamed, handlers) => isStreamed ? listenToEvents(handlers) : poll(handlers);

function listenToEvents(handlers) {
  let last = null;
  let source = null;
  const open = () => {
    // The browser resumes by itself while it retries; after it has given up, the id goes along in the address.
    source = new EventSource(address("stream", { last_event_id: last }));
    source.onopen = () => handlers.onState("open");
    source.onerror = () => {
      handlers.onState("lost");
      if (source.readyState === EventSource.CLOSED) {
        setTimeout(open, retryAfter);
      }
    };
    const on = (name, handle) => source.addEventListener(name, event => {
      last = event.lastEventId || last;
      handle(JSON.parse(event.data));
    });
    on("closed", handlers.onClosed);
    on("live", handlers.onLive);
    on("status", handlers.onStatus);
    on("reset", handlers.onReset);
    on("joined", () => {});
  };
  open();
}

async function poll(handlers) {
  for (;;) {
    try {
      const [state, status] = await Promise.all([getIfNew("stream"), getIfNew("status")]);
      handlers.onState("open");
      if (state) {
        state.closed.forEach(handlers.onClosed);
        handlers.onLive(state.live);
      }

      if (status) {
        handlers.onStatus(status);
      }
    } catch (problem) {
      handlers.onState("lost", problem);
    }

    await new Promise(resolve => setTimeout(resolve, document.hidden ? pollEvery * 5 : pollEvery));
  }
}
