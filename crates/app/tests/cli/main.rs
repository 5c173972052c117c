//! The command line as its users meet it: the built binary, run in folders of its own. One file a theme.

mod attacks;
mod attribute;
mod backup;
mod check;
mod cohorts;
mod corpus;
mod demo;
mod export;
mod facts;
mod gym;
mod help;
mod importing;
mod judge;
mod lift;
mod map;
mod processes;
mod psi;
mod remote;
mod review;
mod sequence;
mod server;
mod singer;
mod strategy;
mod support;
mod uploads;
mod what_if;
