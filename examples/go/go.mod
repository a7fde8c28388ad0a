module sandock.example

go 1.18
