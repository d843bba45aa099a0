/** `update service variables` of `updateServiceVariables`. */
export const camelWords = (name: string): string => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
