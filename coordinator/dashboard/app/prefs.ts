import { type Accessor, createEffect, createRoot, createSignal } from 'solid-js';
import type { Zone } from '../words/duration.ts';

/** Preferences, kept in this browser. */

function kept<const Words extends readonly string[]>(name: string, words: Words) {
  const key = `switchyard.${name}`;
  const stored = localStorage.getItem(key);
  const [value, set] = createSignal<Words[number]>(
    words.find((word) => word === stored) ?? (words[0] as Words[number]),
  );
  createRoot(() => createEffect(() => localStorage.setItem(key, value())));
  return [value, set] as const;
}

export const THEMES = ['system', 'light', 'dark'] as const;
export const DENSITIES = ['normal', 'compact'] as const;
export const ZONES = ['local', 'utc'] as const satisfies readonly Zone[];
const SWITCH = ['off', 'on'] as const;

export const [theme, setTheme] = kept('theme', THEMES);
export const [density, setDensity] = kept('density', DENSITIES);
const [zoneChoice, setZone] = kept('zone', ZONES);
export const zone: Accessor<Zone> = zoneChoice;
export { setZone };
export const [notifies, setNotifies] = kept('notifies', SWITCH);

/** Sets theme and density as the attributes that the style sheet reads. */
export function applyPrefs(): void {
  createEffect(() => {
    document.documentElement.dataset.theme = theme();
    document.documentElement.dataset.density = density();
  });
}
