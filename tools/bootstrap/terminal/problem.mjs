/** Something a person can mend. Printed as words, without a stack. */
export class Problem extends Error {
  /**
   * @param {string} what what stands in the way, one sentence
   * @param {string | string[]} next what to do about it, a line each
   * @param {string[]} detail the last lines of whatever said so
   */
  constructor(what, next = [], detail = []) {
    super(what);
    this.name = 'Problem';
    this.next = Array.isArray(next) ? next : [next];
    this.detail = detail;
  }
}
