# Takes the programs out of a page of docs/, and prints their names, one a line.
#
# Usage: awk -v into=DIRECTORY -v name=NAME -f docs.awk PAGE
#
# Writes NAME-1.c, NAME-2.c and so on, and beside each NAME-1.txt, what it prints, from the block of text that follows. A
# block of C that is no whole program, or that no such block follows, is an error: what is shown is run.
function fail(problem) {
  print FILENAME ":" start ": " problem >"/dev/stderr"
  failed = 1
  exit 1
}
/^```/ && block == "" {
  start = FNR
  if ($0 == "```c") {
    if (pending) fail("the program before this one has no block of text with what it prints")
    block = "c"
    file = into "/" name "-" ++count ".c"
    printf "#line %d \"%s\"\n", FNR + 1, FILENAME >file
  } else if ($0 == "```text" && pending) {
    block = "text"
    file = into "/" name "-" count ".txt"
    printf "" >file
  } else {
    block = "other"
  }
  next
}
/^```$/ {
  if (block == "c" && !has_main) fail("a block of C must be a whole program")
  if (block == "c") print name "-" count
  if (block != "other") {
    pending = block == "c"
    close(file)
  }
  block = ""
  has_main = 0
  next
}
block == "c" || block == "text" { print >file }
block == "c" && /^int main\(/ { has_main = 1 }
END {
  if (!failed && block != "") fail("a block that does not end")
  if (!failed && pending) fail("the last program has no block of text with what it prints")
}
