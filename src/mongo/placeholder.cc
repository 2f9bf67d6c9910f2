namespace mongotail {}
