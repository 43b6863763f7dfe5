// Reading `/api/v1/devices/{id}/series`: one value for each step, and a gap as a gap.

/** A step of a series as the API sends it; min, avg and max are of the rate for counters. */
interface Point {
  at: string;
  min: number;
  avg: number;
  max: number;
}

/** What a series answers. */
interface SeriesAnswer {
  points: Point[];
}

/** The steps of a graph, in seconds since 1970. */
export interface Window {
  from: number;
  to: number;
  step: number;
}

/** The beginnings of all steps, aligned as the API aligns them: to multiples of the step since 1970. */
export function steps(window: Window): number[] {
  const at: number[] = [];
  for (let time = Math.floor(window.from / window.step) * window.step; time < window.to; time += window.step) at.push(time);
  return at;
}

/** The mean of each step times `factor`, null where nothing was measured. A missing sample is never a zero. */
export async function means(url: string, window: Window, factor: number): Promise<(number | null)[]> {
  const response = await fetch(url, { headers: { accept: "application/json" } });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  const answer = (await response.json()) as SeriesAnswer;
  const byStep = new Map<number, number>();
  for (const point of answer.points) {
    byStep.set(Math.floor(Date.parse(point.at) / 1000 / window.step) * window.step, point.avg * factor);
  }
  return steps(window).map((time) => byStep.get(time) ?? null);
}
