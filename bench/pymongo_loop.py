"""The loop that most people write: pymongo and json_util."""

import sys

from bson import json_util
from pymongo import MongoClient

for entry in MongoClient(sys.argv[1]).local["oplog.rs"].find():
    print(json_util.dumps(entry))
