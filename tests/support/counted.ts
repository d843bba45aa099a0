import type { Locator, Page } from 'playwright-core';

interface File {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

/** A person whose steps are counted: each press and each filled field is one, and there is no other way to do anything. */
export interface Counted {
  readonly steps: number;
  press(role: 'button' | 'link', name: string | RegExp, within?: Locator): Promise<void>;
  /** A text is typed, a file is chosen. */
  fill(label: string, what: string | File): Promise<void>;
}

export function counted(page: Page): Counted {
  let steps = 0;
  return {
    get steps() {
      return steps;
    },
    press: async (role, name, within) => {
      steps += 1;
      await (within ?? page).getByRole(role, { name, exact: true }).click();
    },
    fill: async (label, what) => {
      steps += 1;
      const field = page.getByLabel(label, { exact: true });
      await (typeof what === 'string' ? field.fill(what) : field.setInputFiles(what));
    },
  };
}
