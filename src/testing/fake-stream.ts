/** A stream that keeps what is written to it, as a terminal or as a pipe. */
export class FakeStream {
  readonly written: string[] = [];
  readonly isTTY: boolean;
  readonly columns: number;
  /** A terminal's window may be made higher. */
  rows: number;

  constructor(isTTY: boolean, { columns = 80, rows = 24 } = {}) {
    this.isTTY = isTTY;
    this.columns = columns;
    this.rows = rows;
  }

  get text(): string {
    return this.written.join("");
  }

  write(text: string): boolean {
    this.written.push(text);
    return true;
  }

  once(): void {}
}
