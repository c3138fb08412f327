/**
 * A doubly linked list whose nodes carry the links themselves: adding at either end and taking out from anywhere cost
 * the same at any length, and nothing is allocated. A node stands in one list at a time.
 */
export interface Linked<Node> {
  previous: Node | undefined;
  next: Node | undefined;
}

export class LinkedList<Node extends Linked<Node>> {
  first: Node | undefined;
  last: Node | undefined;

  addLast(node: Node): void {
    node.previous = this.last;
    node.next = undefined;
    if (this.last) this.last.next = node;
    else this.first = node;
    this.last = node;
  }

  addFirst(node: Node): void {
    node.previous = undefined;
    node.next = this.first;
    if (this.first) this.first.previous = node;
    else this.last = node;
    this.first = node;
  }

  /** `node` must stand in this list. */
  remove(node: Node): void {
    if (node.previous) node.previous.next = node.next;
    else this.first = node.next;
    if (node.next) node.next.previous = node.previous;
    else this.last = node.previous;
    node.previous = undefined;
    node.next = undefined;
  }
}
