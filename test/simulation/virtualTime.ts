/** Time that passes only from one planned action to the next one: hours of a recording take milliseconds. */
export class VirtualTime {
  #now: number;
  #planned: { at: number; order: number; action: () => void | Promise<void> }[] = [];
  #order = 0;

  constructor(start: number) {
    this.#now = start;
  }

  /** Milliseconds since 1970. */
  get now(): number {
    return this.#now;
  }

  /** Plans an action; returns what cancels it. Actions of the same time run in the order of their planning. */
  after(ms: number, action: () => void | Promise<void>): () => void {
    const entry = { at: this.#now + Math.max(0, Math.round(ms)), order: this.#order++, action };
    let index = this.#planned.length;
    while (index > 0 && (this.#planned[index - 1]?.at ?? 0) > entry.at) index -= 1;
    this.#planned.splice(index, 0, entry);
    return () => {
      const place = this.#planned.indexOf(entry);
      if (place >= 0) this.#planned.splice(place, 1);
    };
  }

  at(time: number, action: () => void | Promise<void>): () => void {
    return this.after(time - this.#now, action);
  }

  /** Runs the next action. False when nothing is planned any more. */
  async step(): Promise<boolean> {
    const next = this.#planned.shift();
    if (!next) return false;
    this.#now = next.at;
    await next.action();
    return true;
  }
}
