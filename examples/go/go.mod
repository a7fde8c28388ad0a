module sandcell.example

go 1.18
