// The clock of a machine can be set back while a wire is watched: it was wrong when the machine started, and somebody, or
// NTP, puts it right. Stream time only goes forward, so without more it would stand still until the old time is reached
// again, which may take years: no connection would end by silence, no window close, no timer be called.
//
// So what is under way is brought to its end, as at the end of an input, and stream time goes on from the new time. What
// hosts, names and networks are stays known; what hosts did is judged anew. A clock that is set forward needs nothing of
// this: time passes quickly, once.

/**
 * Seconds by which a packet must lie behind the newest one of its wire for the clock to have been set back. Own choice:
 * far longer than packets of one interface can be out of order, and short enough to stand still for.
 */
export const SET_BACK_SECONDS = 60;
