/**
 * The values a release gets, from the lowest layer to the highest: a later layer's value stands over an earlier one's of the same
 * name. Sorted by name (by code unit, the same everywhere), as a release spec wants it.
 */
export function layerConfiguration<Value extends { readonly name: string }>(
  layers: readonly (readonly Value[])[],
): Value[] {
  const byName = new Map(layers.flat().map((value) => [value.name, value]));
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}
