import { type Actions, actionsOf, type World } from './world.ts';

interface Place {
  /** Not taken yet, from here. */
  readonly untried: Set<string>;
  /** Where each action led. */
  readonly ways: Map<string, string>;
}

export interface Explored {
  readonly states: number;
  readonly steps: number;
  readonly walks: number;
}

/**
 * Takes every action in every state that can be reached. A world cannot be set back, as its sessions are real; so it
 * goes in walks: each one takes what has not been taken, goes on to the nearest place where something is left, and is
 * over where nothing is.
 *
 * @param settled told at the end of each walk, with the names of the actions that were taken
 */
export async function explore(
  makeWorld: () => Promise<World>,
  settled: (world: World, path: readonly string[]) => Promise<void>,
): Promise<Explored> {
  const places = new Map<string, Place>();
  let steps = 0;
  let walks = 0;
  for (;;) {
    const world = await makeWorld();
    const path: string[] = [];
    let key = await world.key();
    let actions = actionsOf(world);
    let place = placeOf(key, actions);
    for (let name = choose(key); name !== null; name = choose(key)) {
      place.untried.delete(name);
      path.push(name);
      const action = actions.get(name);
      if (action === undefined) throw new Error(`Equal states differ in what can be done: ${name}\n${key}`);
      await action();
      steps += 1;
      key = await world.key();
      place.ways.set(name, key);
      actions = actionsOf(world);
      place = placeOf(key, actions);
    }
    await settled(world, path);
    await world.close();
    walks += 1;
    if (path.length === 0) return { states: places.size, steps, walks };
  }

  function placeOf(key: string, actions: Actions): Place {
    const known = places.get(key);
    if (known) return known;
    const place = { untried: new Set(actions.keys()), ways: new Map<string, string>() };
    places.set(key, place);
    return place;
  }

  /** The first action on the shortest way to a place where something is untried; null where there is no such way. */
  function choose(from: string): string | null {
    const first = new Map<string, string | null>([[from, null]]);
    for (const [key, by] of first) {
      const place = places.get(key);
      const [untried] = place?.untried ?? [];
      if (untried !== undefined) return by ?? untried;
      for (const [name, to] of place?.ways ?? []) if (!first.has(to)) first.set(to, by ?? name);
    }
    return null;
  }
}
