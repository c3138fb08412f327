/**
 * Texts are searched without regard to case, of all alphabets alike; every journal folds them by this. Upwards, because there
 * `ß` is `SS`, and a letter does not depend on where in its word it stands.
 */
export const foldCase = (text: string): string => text.toUpperCase();
