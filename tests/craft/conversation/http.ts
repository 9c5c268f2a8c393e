// HTTP over one TCP connection: requests and their responses, in turn or pipelined.

import { concat } from "../bytes.ts";
import { type HttpRequest, httpRequest, type HttpResponse, httpResponse } from "../message/http.ts";
import type { Host, Stage } from "../stage.ts";
import { fromClient, fromServer, pause, type Step } from "./step.ts";
import { type Conversation, tcpConversation, type TcpOptions } from "./tcp.ts";

/** A request and what comes back; `response: null` when nothing does. */
export interface HttpExchange extends HttpRequest {
  response?: HttpResponse | null;
  /** Seconds before the request. */
  after?: number;
}

/** How the conversation goes. */
export interface HttpOptions extends Omit<TcpOptions, "steps"> {
  /** Default 80. */
  port?: number;
  /** Default: one GET of `/`. */
  exchanges?: readonly HttpExchange[];
  /** Host header of requests that do not say; default the server's name. */
  host?: string;
  /** User agent of requests that do not say; null for none. */
  userAgent?: string | null;
  /** All requests first, then all responses. */
  pipelined?: boolean;
}

/** Plays the exchanges and puts them into the story. */
export function httpConversation(stage: Stage, client: Host, server: Host, options: HttpOptions = {}): Conversation {
  const { port = 80, exchanges = [{}], host = server.name, userAgent, pipelined, ...connection } = options;
  const requests = exchanges.map((exchange) =>
    httpRequest({ host, ...(userAgent === undefined ? {} : { userAgent }), ...exchange })
  );
  const responses = exchanges.map(({ method, response }) =>
    response === null ? undefined : httpResponse(response ?? {}, { head: method === "HEAD" })
  );
  const steps: Step[] = [];
  if (pipelined) {
    steps.push(fromClient(concat(...requests)), fromServer(concat(...responses.filter((each) => each !== undefined))));
  } else {
    requests.forEach((request, i) => {
      const after = exchanges[i]?.after;
      if (after !== undefined) steps.push(pause(after));
      steps.push(fromClient(request));
      const response = responses[i];
      if (response !== undefined) steps.push(fromServer(response));
    });
  }
  return tcpConversation(stage, client, server, port, { ...connection, steps });
}
