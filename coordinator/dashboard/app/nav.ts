/** The pages of the navigation, in its order: path and title. */
export const NAV = [
  ['/', 'Fleet'],
  ['/attention', 'Needs you'],
  ['/rollouts', 'Rollouts'],
  ['/commands', 'Commands'],
  ['/events', 'Events'],
  ['/people', 'People'],
  ['/settings', 'Settings'],
] as const;
