// Requests to the API. In Azure they carry a key, which comes from the link's fragment (never sent, never logged) or from the reader.

const root = "/api/v1/";
const keyName = "tidemark-key";
const etags = new Map();

function keyFromLink() {
  const key = new URLSearchParams(location.hash.slice(1)).get("key");
  if (key) {
    sessionStorage.setItem(keyName, key);
    history.replaceState(null, "", location.pathname + location.search);
  }
}

keyFromLink();

/** A request that was refused: its status and what the server said. */
export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** Keeps a key that the reader has typed, until the tab is closed. */
export const setKey = key => sessionStorage.setItem(keyName, key);

/** The address of a path with parameters. */
export function address(path, parameters = {}) {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== undefined && value !== null));
  return root + path + (query.size > 0 ? `?${query}` : "");
}

async function request(path, parameters, headers) {
  const key = sessionStorage.getItem(keyName);
  const response = await fetch(address(path, parameters), {
    headers: { Accept: "application/json", ...(key ? { "x-functions-key": key } : {}), ...headers },
    cache: "no-store",
  });
  if (response.ok || response.status === 304) {
    return response;
  }

  let detail = `${response.status}`;
  try {
    detail = (await response.json()).detail ?? detail;
  } catch {
    // What is in front of the server answers in its own words.
  }

  throw new ApiError(response.status, detail);
}

/** The document at a path. */
export const get = async (path, parameters) => (await request(path, parameters, {})).json();

/** The document at a path; null when it is the one that was read last. */
export async function getIfNew(path) {
  const known = etags.get(path);
  const response = await request(path, {}, known ? { "If-None-Match": known } : {});
  if (response.status === 304) {
    return null;
  }

  etags.set(path, response.headers.get("ETag"));
  return response.json();
}

/** A time as a parameter. */
export const at = ms => new Date(ms).toISOString();
