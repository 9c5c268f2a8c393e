// Times without a date, which ra(1) writes unless told otherwise: "20:49:16.520001". The first day is taken for the first of
// Unix time; when the clock jumps back by more than half a day, the next has begun.

export interface Days {
  /** The time that "20:49:16.520001" stands for, Unix seconds; NaN when the text is none. */
  timeOf(text: string): number;
  /** Whether all times had a date so far. */
  areDated(): boolean;
}

const SECONDS_PER_DAY = 86_400;

/** Days that begin with the first time that is asked for. */
export function createDays(): Days {
  let day = 0;
  let latest = NaN;
  let dated = true;
  return {
    timeOf(text) {
      const match = /^(\d\d):(\d\d):(\d\d)(\.\d{1,9})?$/.exec(text);
      if (match === null) return NaN;
      const [hours, minutes, seconds] = [Number(match[1]), Number(match[2]), Number(match[3])];
      if (hours > 23 || minutes > 59 || seconds > 60) return NaN;
      dated = false;
      const micros = Math.round(Number(`0${match[4] ?? ""}`) * 1e6);
      const time = hours * 3600 + minutes * 60 + seconds + micros / 1e6;
      if (latest - time > SECONDS_PER_DAY / 2) {
        day++;
        latest = time;
      } else if (time - latest > SECONDS_PER_DAY / 2 && day > 0) return (day - 1) * SECONDS_PER_DAY + time;
      else latest = Number.isNaN(latest) ? time : Math.max(latest, time);
      return day * SECONDS_PER_DAY + time;
    },
    areDated: () => dated,
  };
}
