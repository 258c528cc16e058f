/** What of a board hangs together: texts in their containers, arrows at their shapes. Pure. */

import type { Element } from "../protocol/generated";

/** The ids that an element names as bound to it, or that it is bound to. */
export function boundTo(element: Element): string[] {
  const bound = (element.boundElements ?? []).map(({ id }) => id);
  if (element.type === "text" && element.containerId !== null) {
    bound.push(element.containerId);
  }
  if (element.type === "line" || element.type === "arrow") {
    for (const binding of [element.startBinding, element.endBinding]) {
      if (binding !== null) {
        bound.push(binding.elementId);
      }
    }
  }
  return bound;
}

/** The element without its bindings to those that `isLost` names; the same value when there are none. */
export function withoutBindings(element: Element, isLost: (id: string) => boolean): Element {
  if (!boundTo(element).some(isLost)) {
    return element;
  }
  const boundElements = element.boundElements?.filter(({ id }) => !isLost(id)) ?? null;
  const rest = { ...element, boundElements };
  if (rest.type === "text") {
    const isFreed = rest.containerId !== null && isLost(rest.containerId);
    return isFreed ? { ...rest, containerId: null } : rest;
  }
  if (rest.type === "line" || rest.type === "arrow") {
    const { startBinding: start, endBinding: end } = rest;
    return {
      ...rest,
      startBinding: start === null || isLost(start.elementId) ? null : start,
      endBinding: end === null || isLost(end.elementId) ? null : end,
    };
  }
  return rest;
}

/**
 * `items` in groups of those that are bound to each other, each in the order given; groups by their first one.
 *
 * `before`: the elements as they are on the board: what they were bound to until now counts, too.
 */
export function inGroups<Item extends { readonly element: Element }>(
  items: readonly Item[],
  before: ReadonlyMap<string, { readonly element: Element }>,
): Item[][] {
  const leaders = new Map<string, string>(items.map(({ element }) => [element.id, element.id]));
  const leaderOf = (id: string): string => {
    let leader = id;
    let next = leaders.get(id);
    while (next !== undefined && next !== leader) {
      leader = next;
      next = leaders.get(leader);
    }
    leaders.set(id, leader); // the next search is shorter
    return leader;
  };
  for (const { element } of items) {
    const current = before.get(element.id)?.element;
    const bound = current === undefined ? [] : boundTo(current);
    for (const other of [...boundTo(element), ...bound]) {
      if (leaders.has(other)) {
        leaders.set(leaderOf(other), leaderOf(element.id));
      }
    }
  }
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const leader = leaderOf(item.element.id);
    const group = groups.get(leader);
    if (group === undefined) {
      groups.set(leader, [item]);
    } else {
      group.push(item);
    }
  }
  return [...groups.values()];
}
