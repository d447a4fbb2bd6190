#!/bin/sh
# Compiles the programs of these tests, static: build.sh FOLDER NAME…
# Used by the tests themselves, and by `cargo xtask kernels`, whose machines have no compiler.
set -eu
folder=$1
shift
for name; do
    case $name in
    server) options=-pthread ;;
    i386) options='-m32 -nostdlib -fno-pic -no-pie -fno-stack-protector' ;;
    *) options= ;;
    esac
    # shellcheck disable=SC2086 # several options
    cc -static -O1 -w -o "$folder/$name" "$(dirname "$0")/$name.c" $options
done
