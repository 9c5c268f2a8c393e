// Typed arrays that grow while a table is made: a million indicators as objects would need ten times the memory.

/** Unsigned 32-bit numbers. */
export class GrowingWords {
  #words = new Uint32Array(1024);
  length = 0;

  push(word: number): void {
    if (this.length === this.#words.length) {
      const larger = new Uint32Array(2 * this.length);
      larger.set(this.#words);
      this.#words = larger;
    }
    this.#words[this.length++] = word;
  }

  /** What was pushed so far; valid until the next push. */
  get words(): Uint32Array<ArrayBuffer> {
    return this.#words.subarray(0, this.length);
  }
}

/** Bytes. */
export class GrowingBytes {
  #bytes = new Uint8Array(4096);
  length = 0;

  push(bytes: Uint8Array, length = bytes.length): void {
    if (this.length + length > this.#bytes.length) {
      const larger = new Uint8Array(2 * (this.length + length));
      larger.set(this.#bytes.subarray(0, this.length));
      this.#bytes = larger;
    }
    this.#bytes.set(length === bytes.length ? bytes : bytes.subarray(0, length), this.length);
    this.length += length;
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.length);
  }
}
