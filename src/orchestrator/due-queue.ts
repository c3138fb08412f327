/**
 * Who is due first: a binary heap in which each member knows its place, so that a changed due time costs the
 * logarithm of the members and nothing stale is left behind. One entry a run, however many timers it has.
 */
export interface Due {
  /** Milliseconds since 1970. */
  dueAt: number;
  /** Its place in the heap, -1 outside. Written by the queue alone. */
  duePlace: number;
}

export class DueQueue<T extends Due> {
  private readonly heap: T[] = [];

  get size(): number {
    return this.heap.length;
  }

  first(): T | undefined {
    return this.heap[0];
  }

  /** Puts it in, or moves it; `undefined` takes it out. */
  set(member: T, dueAt: number | undefined): void {
    if (dueAt === undefined) return this.remove(member);
    if (member.duePlace < 0) {
      member.dueAt = dueAt;
      member.duePlace = this.heap.push(member) - 1;
      this.up(member);
      return;
    }
    if (member.dueAt === dueAt) return;
    const earlier = dueAt < member.dueAt;
    member.dueAt = dueAt;
    if (earlier) this.up(member);
    else this.down(member);
  }

  private remove(member: T): void {
    const place = member.duePlace;
    if (place < 0) return;
    member.duePlace = -1;
    const last = this.heap.pop();
    if (!last || last === member) return;
    this.put(last, place);
    this.up(last);
    this.down(last);
  }

  private up(member: T): void {
    while (member.duePlace > 0) {
      const parent = this.heap[(member.duePlace - 1) >> 1];
      if (!parent || parent.dueAt <= member.dueAt) return;
      this.swap(member, parent);
    }
  }

  private down(member: T): void {
    for (;;) {
      const left = this.heap[2 * member.duePlace + 1];
      const right = this.heap[2 * member.duePlace + 2];
      const least = right && left && right.dueAt < left.dueAt ? right : left;
      if (!least || least.dueAt >= member.dueAt) return;
      this.swap(least, member);
    }
  }

  private swap(a: T, b: T): void {
    const place = a.duePlace;
    this.put(a, b.duePlace);
    this.put(b, place);
  }

  private put(member: T, place: number): void {
    this.heap[place] = member;
    member.duePlace = place;
  }
}
