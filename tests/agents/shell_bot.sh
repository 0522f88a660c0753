while printf 'you> ' && read -r line; do echo "got $line"; done
