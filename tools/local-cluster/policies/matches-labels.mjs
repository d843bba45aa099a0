/**
 * Whether a label selector takes an object with these labels. Source: Kubernetes' API, LabelSelector
 * @param {{ matchLabels?: Record<string, string>, matchExpressions?: { key: string, operator: string, values?: string[] }[] }} selector empty takes all
 * @param {Record<string, string>} labels
 */
export function matchesLabels(selector, labels = {}) {
  const { matchLabels = {}, matchExpressions = [] } = selector;
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every((expression) => holds(expression, labels))
  );
}

function holds({ key, operator, values = [] }, labels) {
  const has = Object.hasOwn(labels, key);
  if (operator === 'Exists') return has;
  if (operator === 'DoesNotExist') return !has;
  // A label that is not there is in no list.
  const isIn = has && values.includes(labels[key]);
  return operator === 'In' ? isIn : !isIn;
}
