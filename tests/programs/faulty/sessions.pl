#!/usr/bin/perl
# Begins anew in a tmux session of its own: "careless" ends what `work` may mean, "careful" its own only.
use strict;
use warnings;

my $target = $ARGV[0] eq 'careful' ? '=work' : 'work';
system "tmux kill-session -t $target 2>/dev/null";
system(qw(tmux new-session -d -s work cat)) == 0 or die "no session";
system 'tmux', 'send-keys', '-t', "$target:", 'hello', 'Enter';
