// What the page asks of the program behind it: on this computer, with the token of the address.

const token = new URLSearchParams(location.search).get("token") ?? "";

export class Refused extends Error {}

const GONE = "the program does not answer: start it again with `catforensics serve`, "
  + "and open the address it prints";

// Ask with XMLHttpRequest, for it tells how much of an upload has been sent.
export function ask(path, { body = null, query = {}, kind = "json", sent = () => {}, signal } = {}) {
  const address = new URL(path, location.href);
  address.search = new URLSearchParams(query).toString();
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(body === null ? "GET" : "POST", address);
    request.setRequestHeader("Authorization", `Bearer ${token}`);
    request.setRequestHeader("X-Refusals", "in-body"); // else browsers log every refusal as an error
    request.responseType = kind;
    request.upload.onprogress = (event) => sent(event.loaded / Math.max(1, event.total));
    request.upload.onload = () => sent(1);
    request.onload = async () => {
      if (request.status === 200 && !request.getResponseHeader("X-Status")) resolve(request.response);
      else reject(new Refused(await sentence(request)));
    };
    request.onerror = () => reject(new Refused(GONE));
    request.onabort = () => reject(new Refused("broken off"));
    signal?.addEventListener("abort", () => request.abort());
    request.send(body);
  });
}

async function sentence(request) {
  const answer = request.response;
  try {
    const object = answer instanceof Blob ? JSON.parse(await answer.text()) : answer;
    return object.error;
  } catch {
    return `the program answered with status ${request.status}: try again`;
  }
}
